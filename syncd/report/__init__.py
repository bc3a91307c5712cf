"""What people read of a plan: facts gathered from the workspace, renderers, tables, files.

It asks and shows; no verdict and no table of another stage changes here.
"""
