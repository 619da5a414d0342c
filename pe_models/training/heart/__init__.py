"""The heart's net: trained on phantoms' masks of the ventricles, calibrated on their widths."""
