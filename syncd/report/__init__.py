"""What people read about a plan: facts gathered from the workspace, renderers, tables, files.

It asks and shows; no verdict and no table of another stage changes here. From the workspace down:

    workspace -> access people contacts recipients worksheet invitations ownership
              counts -> gather
    facts      the values these give, and all that renderers and tables know
    summary    how ready the plan is; words, text and html say it to people
    tables     the CSV files, row by row (cells); census counts rows as they pass
    files      writes it all; plan and decisions.yaml are what a person signs and answers
    compare    two plans that were written
"""
