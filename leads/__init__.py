"""Leads: whoever left a cart or asked for help is somebody to answer; who answers, why, and what became of it."""
