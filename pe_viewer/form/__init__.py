"""The CTPA report form as values: its fields, the arterial tree, burden scores, sign-off. No Qt."""
