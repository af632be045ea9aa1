"""How much of a result's interval is seeds, parameters, and choice of submodel (``gpdrift uncertainty``)."""
