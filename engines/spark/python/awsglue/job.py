"""Source: Glue developer guide, "Tracking processed data using job bookmarks"."""


class Job(object):
    """Marks begin and end of a job. Bookmarks are not kept here, as on a Glue job whose bookmarks are switched off."""

    def __init__(self, glue_context):
        self.glue_ctx = glue_context
        self.job_name = None
        self._initialized = False

    def init(self, job_name, args=None):
        """Begins the run of `job_name`; `args` are those of `getResolvedOptions`."""
        self.job_name = job_name
        self._initialized = True

    def isInitialized(self):
        """Says whether `init` was called."""
        return self._initialized

    def commit(self):
        """Ends the run: on Glue it writes the bookmarks."""
        if not self._initialized:
            raise ValueError("Job.commit() was called before Job.init(job_name, args)")
