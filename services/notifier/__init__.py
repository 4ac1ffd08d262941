"""Every e-mail the desk owes: requested once, sent until it is accepted or refused for good."""
