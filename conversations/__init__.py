"""Conversations between buyers and people of the house: asking from any page, call-backs, test drives, answers, mails."""
