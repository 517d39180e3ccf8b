"""Does the order of dropout, batch norm, activation and pooling matter? Small networks, many seeds."""
