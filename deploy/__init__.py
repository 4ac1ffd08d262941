"""Everything that starts, stops and looks after the desk on one machine."""
