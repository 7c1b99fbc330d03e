"""How fast the engine is, measured beside the plain algorithm that it must agree with."""
