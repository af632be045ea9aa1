"""Those who are responsible: commissioners for the registered, authorities for the resident."""
