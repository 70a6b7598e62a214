"""For tests, here and of those who build on this: fakes of the models, and written sessions."""
