"""Devices that are not there, each speaking the frames of the real one.

Written from the descriptions of the protocols, without a look at the decoders that read them, so that
neither hides the other's mistake. A counterpart is told what really happened (`truth`) and says it as its
device would, with the device's own units, columns, checksums, corrections and bad habits.
"""
