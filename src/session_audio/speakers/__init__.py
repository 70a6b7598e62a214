"""From voices to people: words to speakers, speakers to members, and enrolled voice profiles."""
