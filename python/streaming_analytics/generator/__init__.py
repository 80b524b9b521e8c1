"""A synthetic streaming platform whose causes are planted.

Its folders stand on one another in this order: numeric, world, catalogue, accounts,
watching, simulation, output, faults, run.
"""
