"""The pages of `syncd serve`: the journal and the last plan, for the support desk to read.

They read two things, the journal and the page file, through connections that cannot write; there is
no route that changes anything.
"""
