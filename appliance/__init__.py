"""Sidestage: playback for a band's backing tracks."""
