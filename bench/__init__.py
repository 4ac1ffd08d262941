"""What `make bench` measures: each module has `measure(quick)`, which gives figures by name."""
