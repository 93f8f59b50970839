"""What proposes structures: tree search over the prior, a policy that learns from scores, a graph genetic algorithm."""
