"""
The oracle: what every team should have been told, worked out again from the whole history at every moment.

It is written from the alert rules alone and shares nothing with the hub's planning but the values that go in; where the
two differ, one of them is wrong. Slow on purpose: nothing is kept between two moments but what teams were told.
"""
