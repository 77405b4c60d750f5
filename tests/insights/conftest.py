from tests.leads.conftest import ada, agent, ben, places

__all__ = ["ada", "agent", "ben", "places"]
