"""What would end or spoil a run, found before its model is loaded."""
