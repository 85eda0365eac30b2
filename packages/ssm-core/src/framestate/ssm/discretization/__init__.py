"""From a state equation to a recurrence: rules, steps and clocks."""
