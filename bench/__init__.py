"""How fast is it, against what? Each module is one benchmark: `python -m bench.<name>`."""
