"""The optional photo from the foot end: abduction and rotation of the hanging leg."""
