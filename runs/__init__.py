"""How the model is run: the gpdrift command, scenarios, experiments and the browser app."""
