"""Getting started: five steps, ticked by what is true; the colleagues; the connection to Meta."""
