"""Where the model happens: region tables and their checks, the network, travel, published files, synthetic regions."""
