"""The desk's figures: what its events add up to. Pure; imports the contracts alone, so that every reader may use it."""
