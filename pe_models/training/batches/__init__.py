"""What a step sees: which samples, how varied, in which parts, made ahead of their time."""
