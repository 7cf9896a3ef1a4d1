def uninstall_hook(env):
    """Take along tables without a model.

    What a feed has seen must not outlive it: feeds of a new installation begin at number 1 again
    and would take rows that were never stored for known ones.
    """
    env.cr.execute("DROP TABLE IF EXISTS hcrm_his_feed_seen")
