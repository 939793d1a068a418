"""The queue engine measured: beside a bare EVALSHA, beside the job queues that people use, by the size of
the backlog and of the team, and from `routed.human` to an offer."""
