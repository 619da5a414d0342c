"""The five kinds of bleeds, each as it looks on CT."""
