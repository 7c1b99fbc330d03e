"""The engine's training speed beside that of torch and jax: same model, same windows, same rule."""
