"""Those who keep lists: practices (and, as the model grows, federations, trusts and digital providers)."""
