"""The desk's pages and JSON API: who may see what, the views behind them, and commands on their way."""
