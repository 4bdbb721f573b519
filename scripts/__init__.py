"""Commands of the project (one module a command) and the modules that they share."""
