"""What every command needs: vars, inputs, files, errors, progress, processes."""
