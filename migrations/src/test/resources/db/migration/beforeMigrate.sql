THIS IS NOT SQL: the outbox's migrations leave an application's own locations alone;
