"""What is promised of every topic and every type of record: for people as a catalogue, for programs as AsyncAPI."""
