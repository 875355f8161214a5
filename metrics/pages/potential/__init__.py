"""Room to grow and money at risk: which customers to spend time on."""
