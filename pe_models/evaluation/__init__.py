"""How well a bundle does on studies whose truth is known, and how two bundles differ."""
