"""Encryption at rest: the form of an encrypted file, the keys, and what of a group is encrypted.

- `sealed`: the form, read and written as a stream, with access to any place in it.
- `keys`: whence a group's key comes, and the keys of its files, which that key wraps.
- `covered`: which group a file belongs to, and whether it is kept encrypted there.
- `scratch`: temporary files, encrypted by a key that is never written.

Nobody but `session_audio.files` reads or writes through it.
"""
