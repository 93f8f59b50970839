"""Learning tools that the systems share: splits, metrics, calibration, domain, networks, weights.

===================  =============================================================
module               what it answers
===================  =============================================================
``splits``           which records may the model see, and which are kept for judging it
``metrics``          how good is it, and how sure are we of that
``concordance``      how often is the order right, where some truths are only limits
``conformal``        how wide must an interval be to hold the truth nine times of ten
``calibration``      what does a score mean as a probability
``domain``           has the model seen anything like this
``trees``, ``forest``  boosted trees as small arrays; all models' trees asked at once
``message_passing``  a network on graphs, many targets at once
``perceptron``       a dense network, trained with torch, asked with numpy
``torchloop``        train a torch network: the one loop of all of them
``quantised``        weights in eight bits
``store``, ``cards`` weights and cards on disk, never pickled
``fields``           settings that several systems share
===================  =============================================================
"""
