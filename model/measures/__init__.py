"""Pure functions of flow matrices and lists. Nothing here knows the model; everything takes arrays."""
