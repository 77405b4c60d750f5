from tests.leads.conftest import ada, admin, agent, ben, places

__all__ = ["ada", "admin", "agent", "ben", "places"]
