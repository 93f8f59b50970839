"""Learning tools that the systems share: splits, metrics, calibration, domain, weights.

==============  ==================================================================
module          what it answers
==============  ==================================================================
``splits``      which records may the model see, and which are kept for judging it
``metrics``     how good is it, and how sure are we of that
``conformal``   how wide must an interval be to hold the truth nine times of ten
``calibration`` what does a score mean as a probability
``domain``      has the model seen anything like this
``trees``       boosted trees as small arrays, read without LightGBM
``store``       weights and cards on disk, never pickled
``torchloop``   train a torch network with early stopping
==============  ==================================================================
"""
