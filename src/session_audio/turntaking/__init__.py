"""How they talked: units, turns, backchannels, interruptions, and who answers whom."""
