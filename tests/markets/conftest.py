from tests.checkout.conftest import gateway, running_till, till

__all__ = ["gateway", "running_till", "till"]
