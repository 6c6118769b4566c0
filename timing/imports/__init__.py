"""Other people's lists: entry lists, itineraries and road books become files of the event folder.

From bytes to a `Preview` everything here is pure; the folder is read in `target.py`, written in `write.py`.
"""
