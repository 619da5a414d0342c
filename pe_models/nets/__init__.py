"""The three nets, as torch modules only, and how a ModelBundle becomes nets."""
